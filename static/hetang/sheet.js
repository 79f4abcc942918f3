// The forms of a sheet: dialogs that come when asked for, posts that are picked, opinions that are taken over.
// Everything works without this: each form is a page of its own.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- a form that was asked for opens as a dialog; what it refuses is said inside it ---
  // After settling, when htmx listens to its fields: what is typed at once is not lost.
  document.addEventListener("htmx:afterSettle", (event) => {
    const dialog = event.detail.target;
    if (dialog?.id !== "act" || !dialog.showModal) return;
    document.querySelectorAll("details.ht-more[open]").forEach((menu) => { menu.open = false; });
    if (!dialog.open) dialog.showModal();
    all("[data-pick]", dialog).forEach(several);
    const first = dialog.querySelector("input[type=search], textarea");
    if (first && matchMedia("(min-width: 768px)").matches) first.focus();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr } = event.detail;
    const box = xhr.status >= 400 && elt.closest?.("dialog[open]")?.querySelector("[data-errors]");
    if (!box || !elt.matches("form")) return;
    box.replaceChildren();
    event.detail.target = box;
  });

  // --- posts: one that is ticked moves up among the chosen ---
  const several = (pick) => {
    const chosen = all("[data-picked] input", pick);
    all("[data-when-several]", pick.closest("form")).forEach((part) => { part.hidden = chosen.length < 2; });
    const ids = new Set(chosen.map((input) => input.value));
    all("[data-found] input", pick).forEach((input) => { input.closest("li").hidden = ids.has(input.value); });
  };
  document.addEventListener("change", (event) => {
    const input = event.target;
    const pick = input.closest("[data-pick]");
    if (!pick || !input.closest("[data-found]") || !input.checked) return;
    const chosen = pick.querySelector("[data-picked]");
    if (pick.dataset.pick === "one") chosen.replaceChildren();
    const chip = document.createElement("label");
    chip.className = "ht-chip";
    const kept = input.cloneNode();
    kept.checked = true;
    kept.className = "";
    const name = document.createElement("span");
    name.textContent = input.closest("label").querySelector(".nm").textContent;
    chip.append(kept, name);
    chosen.append(chip);
    input.checked = false;
    const search = pick.querySelector("input[type=search]");
    search.value = "";
    pick.querySelector("[data-found]").replaceChildren();
    several(pick);
    search.focus();
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-picked] label");
    if (!chip) return;
    event.preventDefault();
    const pick = chip.closest("[data-pick]");
    chip.remove();
    several(pick);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-pick] input[type=search]")) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const pick = event.detail.elt?.closest?.("[data-pick]");
    if (pick) several(pick);
  });

  // --- an opinion: shown on the phone above the buttons, taken over from a secretary by the leader's touch ---
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-keep-text]")) return;
    const line = document.querySelector("[data-op-line]");
    if (!line) return;
    line.textContent = event.target.value;
    line.closest("p").hidden = !event.target.value.trim();
  });
  document.addEventListener("click", (event) => {
    const adopt = event.target.closest("[data-adopt]");
    const field = document.querySelector("form[data-keep] [data-keep-text]");
    if (!adopt || !field) return;
    event.preventDefault();
    field.value = adopt.dataset.adopt;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- several at once ---
  const tally = (form) => {
    const ticks = all("[name=task]", form);
    const number = ticks.filter((tick) => tick.checked).length;
    all("[data-checked]", form).forEach((out) => { out.textContent = number || ""; });
    all("[type=submit]", form).forEach((button) => { button.disabled = !number; });
    all("[data-check-all]", form).forEach((every) => { every.checked = number > 0 && number === ticks.length; });
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.ht-bulk");
    if (!form) return;
    if (event.target.matches("[data-check-all]")) all("[name=task]", form).forEach((tick) => { tick.checked = event.target.checked; });
    tally(form);
  });
  const begin = () => {
    all("form.ht-bulk").forEach(tally);
    all("[data-pick]").forEach(several);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
