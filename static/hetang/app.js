// Behaviour by data attributes only: no inline handlers, no eval. Everything here is comfort; pages work without it.
(() => {
  const root = document.documentElement;
  const STAYS = 6000;
  const DESK = "(min-width: 1100px)";  // room for the list and the sheet side by side
  const toasts = () => document.getElementById("toasts");

  // --- toasts ---
  const fade = (box) => { if (!("stays" in box.dataset)) setTimeout(() => box.remove(), STAYS); };
  const toast = (text, kind = "bad") => {
    const box = document.createElement("div");
    box.className = "ht-toast";
    box.dataset.k = kind;
    box.append(text);
    toasts().append(box);
    fade(box);
  };
  const watch = () => {
    toasts().querySelectorAll(".ht-toast").forEach(fade);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
      if (node.nodeType === 1) fade(node);
    }))).observe(toasts(), { childList: true });
  };

  // --- characters typed ---
  const count = (area) => {
    const out = area.parentElement.querySelector("[data-counter]");
    if (out) out.textContent = `${area.value.trim().length} / ${area.maxLength}`;
  };

  // --- theme: kept in a cookie, so that the server paints it at once ---
  const turn = (theme) => {
    root.dataset.bsTheme = theme;
    document.cookie = `ht-theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  };

  // --- dialogs and menus ---
  const openDialog = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || !dialog.showModal) return false;
    if (!dialog.open) dialog.showModal();
    return true;
  };
  const closeMenus = (except) => document.querySelectorAll("details.ht-more[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });

  // The browser would say it in its own language, and count blanks as words.
  const judge = (area) => area.setCustomValidity(area.value.trim().length < area.minLength ? area.dataset.short : "");
  const judgeAll = () => document.querySelectorAll("textarea[data-short]").forEach(judge);

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-count]")) count(event.target);
    if (event.target.matches("textarea[data-short]")) judge(event.target);
  });

  // --- what is to be copied is chosen as a whole ---
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-select-all]")) event.target.select(); });

  // --- paper: browsers that cannot show a closed fold by style get it opened ---
  addEventListener("beforeprint", () => document.querySelectorAll("details.ht-fold:not([open])").forEach((fold) => { fold.open = true; fold.dataset.printed = ""; }));
  addEventListener("afterprint", () => document.querySelectorAll("details[data-printed]").forEach((fold) => { fold.open = false; delete fold.dataset.printed; }));

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let el;
    closeMenus(hit("details.ht-more"));
    if (hit("[data-theme-toggle]")) turn(root.dataset.bsTheme === "dark" ? "light" : "dark");
    if ((el = hit("[data-theme-set]"))) turn(el.dataset.themeSet);
    if ((el = hit("[data-toast-close]"))) el.closest(".ht-toast").remove();
    if ((el = hit("[data-dialog-open]")) && openDialog(el.dataset.dialogOpen)) { event.preventDefault(); closeMenus(); }
    if ((el = hit("[data-dialog-close]")) && el.closest("dialog")) { event.preventDefault(); el.closest("dialog").close(); }
    if (event.target.matches("dialog")) event.target.close();
    if ((el = hit("[data-print]"))) window.print();
    if ((el = hit("[data-fill]"))) {
      const area = el.closest("form").querySelector("textarea");
      area.value = el.dataset.fill;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    }
    if ((el = hit(".ht-todo"))) {
      el.closest(".scroll")?.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
      el.setAttribute("aria-current", "true");
      el.querySelector(".ht-unread")?.classList.remove("ht-unread");
    }
  });

  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(); });

  // --- one sending at a time, also without htmx ---
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    if (form.hasAttribute("hx-post") && window.htmx) return;
    form.dataset.sending = "1";
    form.querySelectorAll("[type=submit]").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }));

  // --- htmx ---
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.elt.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.removeAttribute("aria-busy"));
  // On a phone the sheet is a page of its own; a list row loads it beside the list only where there is room.
  document.addEventListener("htmx:confirm", (event) => {
    const row = event.detail.elt.closest?.("[data-beside]");
    if (row && !matchMedia(DESK).matches) {
      event.preventDefault();
      location.assign(row.href);
    }
  });
  // What is still being saved on this sheet goes first; if it cannot be saved, nothing is sent either.
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.target.matches?.("form[data-keep]")) return;
    const saving = document.querySelector("#sheet form.htmx-request:not([data-keep])");
    if (!saving) return;
    event.preventDefault();
    saving.addEventListener("htmx:afterRequest", (after) => {
      if (after.detail.successful) event.detail.issueRequest();
    }, { once: true });
  });
  document.addEventListener("htmx:sendError", () => toast(toasts().dataset.lost));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) toast(toasts().dataset.failed);
  });
  // A sheet whose form is on its way, or in which somebody writes a reason, is not replaced under their hands.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, elt } = event.detail;
    if (target.id === "sheet" && !elt.matches("form") && target.querySelector("form.htmx-request, dialog[open]")) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const box = event.detail.target;
    if (box && box.id === "sheet") { document.querySelectorAll("dialog[open]").forEach((d) => d.close()); box.querySelector(".body")?.scrollTo(0, 0); }
  });
  // --- an opinion is kept by the server as one types; what it has not got yet stays on this device ---
  const key = (form) => `ht-opinion-${form.dataset.keep}`;
  const field = (form) => form.querySelector("[data-keep-text]");
  const restore = () => {
    document.querySelectorAll("form[data-keep]").forEach((form) => {
      const text = sessionStorage.getItem(key(form));
      if (!text || !field(form) || field(form).value === text) return;
      field(form).value = text;
      field(form).dispatchEvent(new Event("input", { bubbles: true }));
    });
    document.querySelectorAll("[data-kept]").forEach((note) => {
      const text = sessionStorage.getItem(`ht-opinion-${note.dataset.kept}`);
      if (!text || document.querySelector(`form[data-keep="${note.dataset.kept}"] [data-keep-text]`)) return;
      note.querySelector("[data-kept-text]").textContent = text;
      note.hidden = false;
    });
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form && event.target.matches("[data-keep-text]")) sessionStorage.setItem(key(form), event.target.value);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (successful && elt.matches?.("[data-keep-text]")) sessionStorage.removeItem(key(elt.form));
    if (!successful || !elt.matches?.("form[data-keep], dialog form[hx-post]")) return;
    const keeper = document.querySelector("form[data-keep]");
    if (keeper) sessionStorage.removeItem(key(keeper));
    elt.closest("dialog")?.close();
  });

  // --- the list and the counts ---
  const shown = () => document.querySelector("#sheet [data-run]")?.dataset.run;
  const markChosen = () => {
    const run = shown() || document.getElementById("inbox-rows")?.dataset.chosen;
    document.querySelectorAll("#inbox-rows .ht-todo").forEach((row) => {
      if (row.dataset.run === run) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    });
  };
  const countBadges = () => {
    const text = document.getElementById("inbox-badge")?.dataset.todo;
    if (text === undefined) return;
    document.querySelectorAll("[data-badge=todo]").forEach((badge) => {
      badge.textContent = text;
      badge.hidden = text === "0";
    });
  };
  // A desk shows the sheet of the first row, or of the one in the address, beside the list.
  const openFirst = () => {
    const rows = document.getElementById("inbox-rows");
    if (!rows || shown() || !window.htmx || !matchMedia(DESK).matches) return;
    const row = rows.querySelector(`[data-run="${CSS.escape(rows.dataset.chosen || "-")}"]`) || rows.querySelector("[data-run]");
    if (row) window.htmx.ajax("GET", row.getAttribute("hx-get"), { target: "#sheet", swap: "innerHTML" });
  };
  document.addEventListener("htmx:afterSettle", () => { restore(); judgeAll(); markChosen(); countBadges(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-refresh]");
    if (!link || !shown() || !document.querySelector(".ht-inbox")) return;
    event.preventDefault();
    link.closest(".ht-toast").remove();
    window.htmx.ajax("GET", link.getAttribute("href"), { target: "#sheet", swap: "innerHTML" });
    window.htmx.trigger(document.body, "notices");
  });

  const begin = () => { watch(); restore(); judgeAll(); markChosen(); openFirst(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
