// What swagger-ui-bundle.js puts on the page, as far as docs.js uses it.

declare function SwaggerUIBundle(options: {
  url: string;
  dom_id: string;
  deepLinking: boolean;
  validatorUrl: string | null;
}): void;
