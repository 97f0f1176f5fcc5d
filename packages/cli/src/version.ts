import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../package.json', import.meta.url);

export function ownVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  return manifest.version;
}
