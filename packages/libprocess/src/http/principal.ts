/** Who a client has proved to be. At least one of `value` and a claim is there. */
export interface Principal {
  /** The name, for example the user of basic authentication. */
  readonly value?: string;
  /** What is known of it, for example the claims of a token, as texts. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** Whether a principal has a value or a claim, as every principal must. */
export function isPrincipal(principal: Principal): boolean {
  return principal.value !== undefined || Object.keys(principal.claims ?? {}).length > 0;
}

/** The text of a principal for logs: its value where that is all, else JSON. */
export function principalText(principal: Principal): string {
  const { claims = {}, value } = principal;
  if (value !== undefined && Object.keys(claims).length === 0) return value;
  return JSON.stringify(Object.keys(claims).length === 0 ? { value } : { value, claims });
}
