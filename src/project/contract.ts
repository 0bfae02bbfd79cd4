/** A column on which a model and its contract differ. https://docs.getdbt.com/reference/resource-configs/contract */
export interface Mismatch {
  column: string
  /** Not in the contract: it stands in the model's SQL alone. */
  isExtra: boolean
}

/** The first column of the table that dbt prints when a contract fails; undefined where it did not. */
export function contractMismatch(message: string): Mismatch | undefined {
  if (!/enforced contract that failed/.test(message)) return undefined
  const rows = message.matchAll(/^[ \t]*\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|/gm)
  for (const [, column = '', , , reason = ''] of rows) {
    if (/mismatch|missing/.test(reason) && !/mismatch_reason/.test(reason)) {
      return { column: column.trim(), isExtra: /missing in contract/.test(reason) }
    }
  }
  return undefined
}
