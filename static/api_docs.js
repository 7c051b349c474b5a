// The API's documents, drawn by swagger-ui from our own OpenAPI file. Nothing is asked of any other server.
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#documents",
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
