/** What GraphQL's inputs say, which the schema has checked already. */
import type { CheckRunOutput, CreateCheckRunInput, UpdateCheckRunInput } from '@octokit/graphql-schema'
import type { CheckRunWrite } from './check-runs.ts'
import type { Annotation } from './refusals.ts'

/** A null means the same as leaving the field out. */
export function readInput(input: CreateCheckRunInput | UpdateCheckRunInput): CheckRunWrite {
  const { name, externalId, status, conclusion, startedAt, completedAt, output } = input
  const headSha = 'headSha' in input ? input.headSha : undefined
  const fields = { name, headSha, externalId, startedAt, completedAt }
  const words = { status: status?.toLowerCase(), conclusion: conclusion?.toLowerCase() }
  const given = Object.entries({ ...fields, ...words }).filter(([, value]) => value != null)
  return { ...Object.fromEntries(given), ...(output ? { output: readOutput(output) } : {}) }
}

function readOutput({ title, summary, text, annotations }: CheckRunOutput) {
  return {
    title,
    summary,
    ...(text == null ? {} : { text }),
    annotations: (annotations ?? []).map(readAnnotation),
  }
}

function readAnnotation(data: NonNullable<CheckRunOutput['annotations']>[number]): Annotation {
  const { location, path, message, title = null, rawDetails = null } = data
  const { startLine, endLine, startColumn = null, endColumn = null } = location
  const annotationLevel = data.annotationLevel.toLowerCase() as Annotation['annotationLevel']
  return { path, startLine, endLine, startColumn, endColumn, annotationLevel, message, title, rawDetails }
}
