// Finds the method of a path; refuses unknown ones in the words of grpc-go, by which clients tell a missing service
// from a missing method.
import { type Failure, type Method, type Services, Status } from './server.js';

export type Lookup = { readonly found: true; readonly method: Method } | { readonly found: false; readonly failure: Failure };

export class MethodTable {
  readonly #methods: ReadonlyMap<string, Lookup>;
  readonly #serviceNames: ReadonlySet<string>;

  constructor(services: Services) {
    this.#methods = new Map(Array.from(services, ([path, method]) => [path, { found: true, method }]));
    this.#serviceNames = new Set(Array.from(services.keys(), serviceOf));
  }

  find(path: string): Lookup {
    return this.#methods.get(path) ?? { found: false, failure: { code: Status.unimplemented, message: this.#refusal(path) } };
  }

  #refusal(path: string): string {
    const slash = path.lastIndexOf('/');
    if (slash < 1 || !path.startsWith('/')) return `malformed method name: "${path}"`;
    const service = serviceOf(path);
    return this.#serviceNames.has(service)
      ? `unknown method ${path.slice(slash + 1)} for service ${service}`
      : `unknown service ${service}`;
  }
}

const serviceOf = (path: string): string => path.slice(1, path.lastIndexOf('/'));
