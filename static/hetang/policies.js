// A long list of matters is chosen with one touch. Everything works without this.
(() => {
  const button = document.querySelector("[data-tick-all]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...button.closest("form").querySelectorAll("[name=run]")];
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
  });
})();
