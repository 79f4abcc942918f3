// Live notices. The socket says only "look, up to n"; the page then fetches what it shows.
// Anything with hx-trigger="notices from:body" fetches itself again. Without a socket the page asks every 15 s.
(() => {
  const PATH = "/ws/notices/";
  const SIGNED_OUT = 4401;
  const POLL = 15000;          // while there is no socket
  const ASK = 25000;           // while there is one: hints may be lost, and proxies close silent sockets
  const ASK_SOON = 4000;       // once after coming back: the server's own way to Valkey may still be closed
  const SILENCE = 10000;       // no answer to a question: the socket is dead without knowing it
  const FIRST_WAIT = 500;
  const LONGEST_WAIT = 6000;   // with its jitter at most 8 s: everybody is up to date 10 s after a return

  let socket = null;
  let stopped = false;
  let failures = 0;
  let seen = null;             // the number this page has looked up to; null until somebody says it
  let stale = false;           // a fetch failed: look again at the next occasion
  let retry = 0, poll = 0, ask = 0, silence = 0;

  const rendered = parseInt(document.body.dataset.upto, 10);
  if (!Number.isNaN(rendered)) seen = rendered;

  const look = () => {
    stale = false;
    if (window.htmx) window.htmx.trigger(document.body, "notices", { upto: seen });
    else document.body.dispatchEvent(new CustomEvent("notices", { detail: { upto: seen } }));
  };

  const hear = (upto) => {
    if (!Number.isInteger(upto)) return;
    const news = seen !== null && upto > seen;
    // The number of a page that came without one is learnt from the first answer.
    if (seen === null || upto > seen) seen = upto;
    document.body.dataset.upto = String(seen);
    if (news || stale) look();
  };

  const isOpen = () => socket !== null && socket.readyState === WebSocket.OPEN;

  const question = () => {
    if (!isOpen()) return;
    socket.send("?");
    clearTimeout(silence);
    silence = setTimeout(() => { if (socket) socket.close(); }, SILENCE);
    clearTimeout(ask);
    ask = setTimeout(question, ASK);
  };

  const startPolling = () => {
    if (poll || stopped) return;
    poll = setInterval(() => { if (!document.hidden) look(); }, POLL);
  };
  const stopPolling = () => { clearInterval(poll); poll = 0; };

  const stop = () => {
    stopped = true;
    stopPolling();
    [retry, ask, silence].forEach(clearTimeout);
    if (socket) socket.close();
  };

  const later = () => {
    clearTimeout(retry);
    const wait = Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT);
    failures += 1;
    retry = setTimeout(open, wait * (0.7 + 0.6 * Math.random()));
  };

  function open() {
    if (stopped || socket) return;
    clearTimeout(retry);
    const again = failures > 0;
    const mine = new WebSocket(location.origin.replace(/^http/, "ws") + PATH);
    socket = mine;
    mine.onopen = () => {
      failures = 0;
      stopPolling();
      document.body.dataset.live = "socket";
      clearTimeout(ask);
      ask = setTimeout(question, again ? ASK_SOON : ASK);
    };
    mine.onmessage = (event) => {
      clearTimeout(silence);
      try { hear(JSON.parse(event.data).upto); } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
    };
    mine.onclose = (event) => {
      if (socket === mine) socket = null;
      clearTimeout(ask);
      clearTimeout(silence);
      if (event.code === SIGNED_OUT) stopped = true;
      if (stopped) { stopPolling(); document.body.dataset.live = "off"; return; }
      document.body.dataset.live = "polling";
      startPolling();
      later();
    };
  }

  // A fetch that never arrived is made up for; one that says "sign in" ends the asking.
  const missed = (event) => {
    const cause = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (status === 401) stop();
    else if (cause && cause.type === "notices") stale = true;
  };
  document.addEventListener("htmx:sendError", missed);
  document.addEventListener("htmx:responseError", missed);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || stopped) return;
    look();
    if (isOpen()) question();
    else { failures = 0; open(); }
  });
  window.addEventListener("online", () => { failures = 0; open(); });
  // Signing out leaves the page: no reconnect may slip in between.
  document.addEventListener("submit", (event) => {
    if (/\/logout\/?$/.test(new URL(event.target.action, location.href).pathname)) stop();
  });
  window.addEventListener("pagehide", () => { if (socket) socket.close(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted && !stopped) { look(); open(); } });

  open();
})();
