/** What every command that asks a cluster takes. */
export interface QueryOptions {
  readonly endpoints?: string;
  readonly json?: boolean;
}
