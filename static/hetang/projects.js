// Uploads show how far they are. Everything works without this.
(() => {
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress");
    if (bar && event.detail.lengthComputable) bar.value = (event.detail.loaded / event.detail.total) * 100;
  });
})();
