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

/** A constraint of the contract that the database enforces, and that rows violate. */
export interface Violation {
  /** That must not be null; empty for a check. */
  column: string
  /** What a check asks, as the database prints it; empty for a column. */
  expression: string
}

/** DuckDB: `NOT NULL constraint failed: orders.id`; Postgres: `null value in column "id" … violates not-null constraint`. */
const NULLS =
  /NOT NULL constraint failed: \S{1,300}\.(\S{1,200})|null value in column "([^"\n]{1,200})"[^\n]{0,500} violates not-null constraint/
/** Of DuckDB; Postgres prints only a name that it gave to the check itself. */
const CHECK = /CHECK constraint failed[^\n]{0,500} with expression CHECK\((.{1,2000})\)[ \t]*$/m

/** The constraint that rows violate; undefined where the database names neither its column nor its expression. */
export function constraintViolation(message: string): Violation | undefined {
  const nulls = NULLS.exec(message)
  if (nulls) return { column: nulls[1] ?? nulls[2] ?? '', expression: '' }
  const check = CHECK.exec(message)
  return check ? { column: '', expression: check[1] ?? '' } : undefined
}
