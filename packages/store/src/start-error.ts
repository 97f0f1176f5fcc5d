// Why a member does not start. One line for people: the cause, then the cure; `code` is for programs and never changes.

export type StartErrorCode =
  | 'data-directory-in-use'
  | 'data-directory-unusable'
  | 'data-directory-foreign'
  | 'data-directory-damaged'
  | 'cluster-already-initialised'
  | 'member-removed'
  | 'not-admitted'
  | 'protocol-differs'
  | 'name-not-in-cluster'
  | 'address-in-use'
  | 'log-damaged'
  | 'lost-write'
  | 'unsafe-recovery'
  | 'version-too-old'
  | 'wrong-secret'
  | 'insecure-address';

export class StartError extends Error {
  override readonly name: string = 'StartError';
  readonly code: StartErrorCode;
  readonly hint: string;

  constructor(code: StartErrorCode, cause: string, hint: string, options?: ErrorOptions) {
    super(`${cause}; ${hint}`, options);
    this.code = code;
    this.hint = hint;
  }
}
