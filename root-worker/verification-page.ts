/**
 * The page that a sign-up's link leads to. The token is in the link's fragment, which a browser sends to nobody: it is in no log and no `Referer`, and a
 * program that opens the links of mails to look at them doesn't have it here. It is sent when somebody presses the button, and not before, as
 * some of those programs run scripts.
 */

const STYLE = `
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem; color-scheme: light dark; }
  button { font: inherit; padding: .5rem 1.2rem; cursor: pointer; }
`;

/** What it says is its own: nothing of the link or of an answer is shown. */
const SCRIPT = `
  const button = document.querySelector("button");
  const said = document.querySelector("[role=status]");
  const token = location.hash.slice(1);
  const end = (text) => { button.hidden = true; said.textContent = text; };
  if (token === "") end("This link is not whole. Open it as it is in the mail.");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch(location.pathname, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token }),
      });
      if (answer.ok) {
        history.replaceState(null, "", location.pathname);
        return end("Your address is verified. You can close this page.");
      }
      if (answer.status === 410 || answer.status === 400)
        return end("This link was used, or a newer one was sent, or it is older than 24 hours. Sign up again to get a new one.");
    } catch {}
    button.disabled = false;
    said.textContent = "That did not work. Please try again in a moment.";
  });
`;

const PAGE = (nonce: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Verify your address</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>Verify your address</h1>
<p>One more step: confirm that this address is yours.</p>
<p><button type="button">Verify my address</button></p>
<p role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;

/** The page, which runs its own script alone, and in no other page's frame. */
export function verificationPage(): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return new Response(PAGE(nonce), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
  });
}
