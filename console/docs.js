// Shows /openapi.json with Swagger UI, whose bundle the page loads first. A file rather than an inline script, so that the page's policy can forbid those.

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  validatorUrl: null, // else a deployed page sends its address to validator.swagger.io
});
