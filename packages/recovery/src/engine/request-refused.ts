/** Why a request is not carried out: what is wrong, and what helps. */
export class RequestRefused extends Error {
  override readonly name: string = 'RequestRefused';
}
