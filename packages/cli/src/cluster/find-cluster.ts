// Which cluster a command is about: --endpoints, else REKNIT_ENDPOINTS, else the last `reknit up` of this user. Only the last
// one, or one with the same endpoints, has a directory here, and so an agent that can be asked.
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { readLastUp } from './last-up.js';

export interface FoundCluster {
  /** `http://host:port` each. */
  readonly endpoints: readonly string[];
  readonly dataDir: string | undefined;
}

/** @param given the value of --endpoints */
export function findCluster(given: string | undefined): FoundCluster {
  const last = readLastUp();
  const named = given ?? nonEmpty(process.env.REKNIT_ENDPOINTS);
  if (named !== undefined) {
    const endpoints = parseEndpoints(named, given === undefined ? 'REKNIT_ENDPOINTS' : '--endpoints');
    const isLast = last?.endpoints.some((endpoint) => endpoints.includes(endpoint)) ?? false;
    return { endpoints, dataDir: isLast ? last?.dataDir : undefined };
  }
  if (last !== undefined) return last;
  throw new CliError(
    'no cluster is known here',
    'start one with  reknit up , or name one with --endpoints 127.0.0.1:2379',
    EXIT.unreachable,
  );
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** @param source what is told of when it is wrong */
export function parseEndpoints(text: string, source: string): readonly string[] {
  return text.split(',').map((part) => {
    const match = /^(?:http:\/\/)?([^/:\s]+|\[[^\]]+\]):(\d+)\/?$/.exec(part.trim());
    if (match !== null && Number(match[2]) < 65_536) return `http://${match[1]}:${match[2]}`;
    throw new CliError(
      `${source} holds ${JSON.stringify(part)}`,
      'write HOST:PORT or http://HOST:PORT, several separated by commas',
      EXIT.usage,
    );
  });
}
