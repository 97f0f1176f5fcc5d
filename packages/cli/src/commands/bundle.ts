// `reknit bundle`: one file for whoever is asked for help. It tells what is inside, and what could not be had.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { collectBundle } from '../bundle/collect.js';
import type { Collection, Missing } from '../bundle/collection.js';
import { checksumOf } from '../bundle/redact.js';
import { type TarFile, tar } from '../bundle/tar.js';
import { CliError, systemReason } from '../cli-error.js';
import { type FoundCluster, findCluster } from '../cluster/find-cluster.js';
import { clientUrls, readLayout } from '../cluster/layout.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenBytes } from '../output/words.js';
import { ownVersion } from '../version.js';
import type { QueryOptions } from './query-options.js';

export interface BundleOptions extends QueryOptions {
  readonly data?: string;
  readonly output?: string;
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The file is so long; this is its end. */
  readonly tailOf?: number;
}

interface Manifest {
  readonly format: 1;
  readonly version: string;
  readonly at: string;
  readonly entries: readonly Entry[];
  readonly missing: readonly Missing[];
  /** Secrets, or what looked like one. */
  readonly leftOut: number;
}

export async function bundle(options: BundleOptions): Promise<number> {
  const at = new Date();
  const name = `reknit-bundle-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
  const file = resolve(options.output ?? `${name}.tar.gz`);
  if (existsSync(file)) throw new CliError(`${file} is there already`, 'name another with --output', EXIT.usage);
  const terminal = options.json === true ? silentTerminal() : createTerminal();
  const { collection, taken } = await collect(options, terminal);
  const manifest = manifestOf(collection, at, taken);
  const bytes = write(file, archiveOf(collection, manifest, name, at.getTime()));
  if (options.json === true) jsonDocument({ ...manifest, file, bytes });
  else show(terminal, manifest, { file, bytes });
  return EXIT.ok;
}

async function collect(
  options: BundleOptions,
  terminal: Terminal,
): Promise<{ readonly collection: Collection; readonly taken: number }> {
  const { collection, redact } = await collectBundle(clusterOf(options), (path) => terminal.progress(`  collecting ${path}`));
  terminal.endProgress();
  return { collection, taken: redact.taken() };
}

/** A directory tells where its members are, also when nobody remembers it. */
function clusterOf({ data, endpoints }: BundleOptions): FoundCluster {
  if (data === undefined) return findCluster(endpoints);
  const dataDir = resolve(data);
  const layout = readLayout(dataDir);
  if (layout === undefined) throw new CliError(`there is no cluster in ${dataDir}`, 'name its directory with --data', EXIT.usage);
  return { dataDir, endpoints: endpoints === undefined ? clientUrls(layout) : findCluster(endpoints).endpoints };
}

const manifestOf = ({ pieces, missing }: Collection, at: Date, leftOut: number): Manifest => ({
  format: 1,
  version: ownVersion(),
  at: at.toISOString(),
  entries: pieces.map(({ path, text, tailOf }) => ({
    path,
    bytes: Buffer.byteLength(text),
    sha256: checksumOf(Buffer.from(text)),
    ...(tailOf === undefined ? {} : { tailOf }),
  })),
  missing,
  leftOut,
});

function archiveOf({ pieces }: Collection, manifest: Manifest, folder: string, modifiedAt: number): Buffer {
  const fileOf = (path: string, text: string): TarFile => ({ path: `${folder}/${path}`, content: Buffer.from(text), modifiedAt });
  return gzipSync(
    tar([
      fileOf('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`),
      ...pieces.map(({ path, text }) => fileOf(path, text)),
    ]),
  );
}

/** Whole, or not there. */
function write(file: string, archive: Buffer): number {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, archive, { mode: 0o600 });
    renameSync(draft, file);
    return archive.length;
  } catch (error) {
    rmSync(draft, { force: true });
    throw new CliError(`cannot write ${file}: ${systemReason(error)}`, 'name another place with --output');
  }
}

function show(
  terminal: Terminal,
  { entries, missing, leftOut }: Manifest,
  { file, bytes }: { file: string; bytes: number },
): void {
  const { paint } = terminal;
  const noteOf = ({ tailOf }: Entry): string => (tailOf === undefined ? '' : `the end of ${spokenBytes(tailOf)}`);
  const rows = entries.map((entry) => [entry.path, spokenBytes(entry.bytes), paint.dim(noteOf(entry))]);
  const head = ['inside', 'size', ''].map((title) => paint.dim(title));
  for (const line of renderTable(head, rows, '  ')) terminal.line(line);
  if (missing.length > 0) terminal.line();
  for (const { path, why } of missing) terminal.line(`  ${paint.yellow('missing')}  ${path}  ${why}`);
  terminal.line();
  terminal.line(`  ${paint.bold(file)}  ${spokenBytes(bytes)}`);
  terminal.line(
    `  ${leftOut === 0 ? 'Nothing looked like a secret' : `${plural(leftOut, 'secret')}, or what looked like one, left out`}; no keys, no values of environments. Look through it before you hand it on.`,
  );
}
