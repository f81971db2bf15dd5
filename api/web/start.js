"use strict";
// "Authorize" takes the key. Where requests are signed, "Try it out" cannot: no page should hold AWS credentials.
const place = document.getElementById("swagger-ui");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const choose = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
choose();
dark.addEventListener("change", choose);

// What Swagger UI leaves without a name, beyond the keyboard, or one control within another.
function name() {
  const say = (selector, text) => {
    for (const element of place.querySelectorAll(selector + ":not([aria-label])")) {
      element.setAttribute("aria-label", typeof text === "string" ? text : text(element));
    }
  };
  const parameter = (element) => element.closest("[data-param-name]")?.dataset.paramName ?? "Media type";
  say("#servers", "Server");
  say(".examples-select-element", "Example");
  say(".body-param__text", "Body of the request");
  say(".parameters select:not(.examples-select-element), .parameters input", parameter);
  say(".copy-to-clipboard button", "Copy");
  say(".content-type", "Media type");
  for (const block of place.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
  for (const link of place.querySelectorAll("button.opblock-summary-control a[href]")) link.removeAttribute("href");
  for (const [selector, level] of [["h3.opblock-tag", 2], ["section h4", 3], [".models h4, h5", 3]]) {
    for (const heading of place.querySelectorAll(selector + ":not([aria-level])")) {
      heading.setAttribute("role", "heading");
      heading.setAttribute("aria-level", level);
    }
  }
}

window.addEventListener("load", () => {
  new MutationObserver(name).observe(place, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    url: place.dataset.contract,
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
