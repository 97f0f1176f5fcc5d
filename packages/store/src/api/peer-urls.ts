// Peer URLs as etcd takes them in a member's addition or update: absolute, with a port, and nothing behind it.

/** Sorted; undefined when they are invalid, or none. */
export function peerUrlsOf(urls: readonly string[]): readonly string[] | undefined {
  if (urls.length === 0) return undefined;
  const valid = urls.every((url) => {
    const port = /^https?:\/\/(?:\[[0-9a-fA-F:.]+\]|[^/:\s]+):(\d{1,5})\/?$/.exec(url)?.[1];
    return port !== undefined && Number(port) > 0 && Number(port) <= 65_535;
  });
  return valid ? urls.map((url) => url.replace(/\/$/, '')).sort() : undefined;
}
