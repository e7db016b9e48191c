// What clients sent, and which rules of the protocol they broke, by the name of what it was about.
const entries = new Map();

export function journal(name) {
  let entry = entries.get(name);
  if (!entry) entries.set(name, entry = { streams: [], writes: [], calls: [], violations: [] });
  return entry;
}

/** Every call has to route itself by its bucket; slashes may be percent-encoded or not. */
export function checkRouting(call, name, bucket) {
  const [params = ''] = call.metadata.get('x-goog-request-params');
  const pairs = Object.fromEntries(params.split('&').map(pair => pair.split('=').map(decodeURIComponent)));
  if (pairs.bucket !== bucket) {
    journal(name).violations.push(`x-goog-request-params is '${params}' for ${bucket}`);
  }
  if (!call.metadata.get('user-agent').length) journal(name).violations.push('no user-agent');
  return pairs;
}
