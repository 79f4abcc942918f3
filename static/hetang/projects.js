// Uploads show how far they are. Everything works without this.
(() => {
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress");
    if (bar && event.detail.lengthComputable) bar.value = (event.detail.loaded / event.detail.total) * 100;
  });
  // A photograph taken for a finding goes at once; one taken with a new finding says that it is there.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send]") && event.target.files.length) event.target.form.requestSubmit();
    if (event.target.matches("[data-names]")) event.target.parentElement.dataset.chosen = event.target.files.length || "";
  });
})();
