// Passkeys: what the server asks for stands in #js_data; what the device answers goes into the form that holds the button.
(() => {
  "use strict";
  const read = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const written = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((each) => ({ ...each, id: read(each.id) }));

  const asked = () => JSON.parse(document.getElementById("js_data").textContent);

  const made = async () => {
    const wanted = asked().creation_options.publicKey;
    const answer = await navigator.credentials.create({ publicKey: {
      ...wanted, challenge: read(wanted.challenge), user: { ...wanted.user, id: read(wanted.user.id) },
      excludeCredentials: keys(wanted.excludeCredentials),
    } });
    return { ...common(answer), response: {
      clientDataJSON: written(answer.response.clientDataJSON),
      attestationObject: written(answer.response.attestationObject),
      transports: answer.response.getTransports ? answer.response.getTransports() : [],
    } };
  };

  const shown = async () => {
    const wanted = asked().request_options.publicKey;
    const answer = await navigator.credentials.get({ publicKey: {
      ...wanted, challenge: read(wanted.challenge), allowCredentials: keys(wanted.allowCredentials),
    } });
    const { clientDataJSON, authenticatorData, signature, userHandle } = answer.response;
    return { ...common(answer), response: {
      clientDataJSON: written(clientDataJSON), authenticatorData: written(authenticatorData), signature: written(signature),
      userHandle: userHandle ? written(userHandle) : null,
    } };
  };

  const common = (answer) => ({
    id: answer.id, rawId: written(answer.rawId), type: answer.type,
    clientExtensionResults: answer.getClientExtensionResults(),
    authenticatorAttachment: answer.authenticatorAttachment || null,
  });

  document.querySelectorAll("[data-passkey]").forEach((button) => {
    const form = button.closest("form");
    const trouble = form.querySelector("[data-passkey-trouble]");
    if (!window.PublicKeyCredential) { button.disabled = true; trouble.hidden = false; return; }
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      try {
        const answer = button.dataset.passkey === "add" ? await made() : await shown();
        form.querySelector("[name=credential]").value = JSON.stringify(answer);
        form.submit();
      } catch (_refused) { trouble.hidden = false; }
    });
  });
})();
