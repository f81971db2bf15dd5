"use strict";
// "Authorize" takes the key. Where requests are signed, "Try it out" cannot: no page should hold AWS credentials.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: document.getElementById("swagger-ui").dataset.contract,
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
