// The keyboard, and where the focus goes after a part of the page was exchanged. Every key presses something that
// is also there for the mouse; with JavaScript off nothing is missing but the speed.
"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const FIELD = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

  const lettersOn = () => "keys" in document.body.dataset;

  function say(text) {
    const line = find("#status");
    if (line) line.textContent = text;
  }

  function step(by) {
    const all = [...document.querySelectorAll(".desk .list li a")];
    const at = all.findIndex((link) => link.getAttribute("aria-current") === "true");
    const next = all[at + by];
    if (next) next.click();
    else if (all.length) say(document.body.dataset[by > 0 ? "end" : "start"]);
  }

  function help() {
    const dialog = find("#keys-help");
    if (!dialog) return;
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  function escape(event) {
    const why = find("#why[open]") || find("#wish[open]");
    if (event.target.closest(FIELD) && !event.target.closest("dialog")) event.target.blur();
    else if (why) {
      why.open = false;
      why.querySelector("summary").focus();
    } else if (find("[data-escape]")) find("[data-escape]").click();
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !find("dialog[open]")) return escape(event);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      return event.target.form.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (!lettersOn() || event.target.closest(FIELD)) return;
    const key = event.key.toLowerCase();
    if (key === "?") return help();
    if (find("dialog[open]")) return;
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    const reason = find(`#why[open] [data-reason="${CSS.escape(key)}"]`);
    const button = reason || find(`[data-key="${CSS.escape(key)}"]`);
    if (!button || !button.checkVisibility()) return;
    event.preventDefault();
    button.click();
    // At once, not when the browser gets to tell of the unfolding: the next letters belong to the field, and are no keys.
    focusUnfolded(button.closest("details"));
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (!opener || !find(opener.dataset.opens)) return;
    event.preventDefault();
    find(opener.dataset.opens).showModal();
  });

  // The first reason, or the field for the note, takes the focus once Reject or Ask again is unfolded.
  function focusUnfolded(part) {
    if (!part?.matches("#why[open], #wish[open]") || part.contains(document.activeElement?.closest("form"))) return;
    part.querySelector("fieldset button, textarea").focus();
  }
  document.addEventListener("toggle", (event) => focusUnfolded(event.target), true);

  // After an exchange the focus stands on the new heading, unless a field asked for it or the page looked by itself.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig?.elt.matches("[data-poll]")) return;
    if (event.target.id !== "work" && !event.target.querySelector?.("#work")) return;
    if (find("#work [autofocus]")) return;
    const heading = find("#work [data-heading]") || find("#work h1");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    heading.closest("section")?.scrollTo(0, 0);
    if (matchMedia("(max-width: 760px)").matches) window.scrollTo(0, 0);
  });

  // A file that is too large is told before it is sent.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.dataset.most) return;
    const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.most));
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
    field.reportValidity();
  });

  // The sentence goes once an exchange that began after the trouble succeeded. One on its way before proves nothing.
  const begun = new WeakMap();
  let lostAt = 0;
  document.addEventListener("htmx:beforeSend", (event) => begun.set(event.detail.xhr, performance.now()));
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(trouble, (event) => {
      if (event.target.matches("[data-poll]")) return;
      const note = find("#offline");
      if (!note) return;
      lostAt = performance.now();
      note.hidden = false;
      say(note.textContent);
    });
  }
  document.addEventListener("htmx:afterOnLoad", (event) => {
    const note = find("#offline");
    if (note && begun.get(event.detail.xhr) >= lostAt) note.hidden = true;
  });
})();
