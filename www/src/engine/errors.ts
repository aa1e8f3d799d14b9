/** What went wrong, for programs. Codes are stable; more may be added. */
export type ErrorCode =
  | "aborted"
  | "bad-option"
  | "closed"
  | "crashed"
  | "device-lost"
  | "missing-file"
  | "network"
  | "no-network"
  | "no-webgpu"
  | "not-an-image"
  | "not-an-onnx-file"
  | "not-a-digit-classifier"
  | "option-not-taken"
  | "too-large"
  | "unsupported-browser"
  | "unsupported-op"
  | (string & {});

/** Every failure of the library: a stable `code`, and a sentence that a visitor understands. */
export class BlindSpotsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BlindSpotsError";
    this.code = code;
  }

  /** The same error, or a new one around whatever was thrown. */
  static from(reason: unknown): BlindSpotsError {
    if (reason instanceof BlindSpotsError) return reason;
    const { code, message } = failureOf(reason);
    return new BlindSpotsError(code, message, { cause: reason });
  }
}

/** Code and sentence of anything that can be thrown. */
export function failureOf(reason: unknown): { code: ErrorCode; message: string } {
  if (typeof WebAssembly === "object" && reason instanceof WebAssembly.RuntimeError) {
    return {
      code: "crashed",
      message: `The engine stopped unexpectedly (${reason.message}). It has to be started again.`,
    };
  }
  if (typeof reason === "object" && reason !== null) {
    const { code, message, name } = reason as Record<string, unknown>;
    if (name === "AbortError") return { code: "aborted", message: "Cancelled." };
    if (typeof message === "string") {
      return { code: typeof code === "string" ? code : "internal", message };
    }
  }
  return { code: "internal", message: typeof reason === "string" ? reason : "Something went wrong." };
}
