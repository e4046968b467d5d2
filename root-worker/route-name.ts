/** How metrics and traces name a route: Hono's pattern as the documentation writes it; paths that nobody declared are one. */
export function routeName(pattern: string): string {
  if (pattern === "*" || pattern === "/*") return "other";
  return pattern.replaceAll(/:(\w+)/g, "{$1}");
}
