// What `npm start` says when everything runs.

/**
 * @param {object} run
 * @param {string} run.address
 * @param {string} run.key
 * @param {string} run.stateFolder
 * @param {string} run.logFile
 * @returns {string} where it is, the key, and three commands to paste
 */
export function welcome({ address, key, stateFolder, logFile }) {
  const authorization = `-H ${quote(`Authorization: Bearer ${key}`)}`;
  const post = (/** @type {string} */ path, /** @type {object} */ body) =>
    `curl -s ${authorization} -H 'Content-Type: application/json' ${address}${path} -d ${quote(JSON.stringify(body))}`;
  return `
Umbel is running.

  Address  ${address}  (API documentation: ${address}/docs)
  Key      ${key}
  Data     ${stateFolder}
  Log      ${logFile}

Search the films for words:

  ${post("/v1/collections/films/search", { q: "dark knight", limit: 3 })}

The good ones since 2000, counted by genre:

  ${post("/v1/collections/films/search", { filter: "year >= 2000 AND rating > 8", facets: ["genre"], limit: 3 })}

An event, whose pipeline fills in what it lacks and stores it in the collection "orders":

  ${post("/v1/topics/orders/events", { id: "order-1", item: "lamp", quantity: 2 })}

Ctrl-C ends it.
`;
}

/**
 * @param {string} text
 * @returns {string} one word for a POSIX shell
 */
function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
