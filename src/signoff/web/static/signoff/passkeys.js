// Passkeys: asks Signoff what to ask for, lets the browser speak with the device, and sends the answer by the form.
// Without JavaScript, or in an old browser, the form stays hidden; every other way in works.
"use strict";
(() => {
  const can = window.PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.parseCreationOptionsFromJSON;

  async function ask(form) {
    const reply = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    const options = await reply.json();
    if (!reply.ok) throw new Error(options.problem);
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  function why(error, words) {
    if (error instanceof DOMException) return error.name === "InvalidStateError" ? words.known : words.cancelled;
    return error instanceof TypeError || error instanceof SyntaxError ? words.unreachable : error.message;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!can) continue;
    form.hidden = false;
    form.parentElement.querySelector("[data-no-passkeys]").hidden = true;
    const button = form.querySelector("button");
    const line = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = form.elements.namedItem("name");
      if (name && !name.value.trim()) return name.focus();
      button.disabled = true;
      line.hidden = true;
      try {
        const answer = await ask(form);
        form.elements.namedItem("passkey").value = JSON.stringify(answer.toJSON());
        form.submit();
      } catch (error) {
        line.textContent = why(error, line.dataset);
        line.hidden = false;
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
