/** What REST's bodies say, in snake case, with types that nothing but this file checks. */
import type { CheckRuns, CheckRunWrite } from './check-runs.ts'
import { type Annotation, invalid } from './refusals.ts'

type Json = Record<string, unknown>

const KEYS = [
  ...['name', 'head_sha', 'external_id', 'details_url', 'status', 'conclusion', 'started_at'],
  ...['completed_at', 'output', 'actions'],
]

/** Refuses what has the wrong type. Keys that GitHub does not know it drops, which is our mistake. */
export function readWrite(sent: unknown, { complain }: CheckRuns): CheckRunWrite {
  const body = object(sent, 'body')
  for (const key of Object.keys(body)) if (!KEYS.includes(key)) complain(`unknown key in REST: ${key}`)
  const texts = KEYS.slice(0, 8).flatMap((key) => (key in body ? [[camel(key), string(body[key], key)]] : []))
  const given: CheckRunWrite = Object.fromEntries(texts)
  if (body.output === undefined) return given
  const { title, summary, text, annotations = [] } = object(body.output, 'output')
  if (title === undefined) throw invalid('"title" wasn\'t supplied.')
  if (summary === undefined) throw invalid('"summary" wasn\'t supplied.')
  if (!Array.isArray(annotations)) throw invalid("For 'properties/annotations', it is not an array.")
  const output = { title: string(title, 'title'), summary: string(summary, 'summary') }
  const details = text === undefined ? {} : { text: string(text, 'text') }
  return { ...given, output: { ...output, ...details, annotations: annotations.map(readAnnotation) } }
}

function readAnnotation(value: unknown): Annotation {
  const data = object(value, 'items')
  const level = data.annotation_level
  if (level !== 'notice' && level !== 'warning' && level !== 'failure') {
    throw invalid(`${JSON.stringify(level)} is not a member of ["notice", "warning", "failure"].`)
  }
  const whole = (key: string) => {
    if (!Number.isInteger(data[key])) throw invalid(`For 'properties/${key}', it is not an integer.`)
    return data[key] as number
  }
  return {
    path: string(data.path, 'path'),
    startLine: whole('start_line'),
    endLine: whole('end_line'),
    startColumn: data.start_column === undefined ? null : whole('start_column'),
    endColumn: data.end_column === undefined ? null : whole('end_column'),
    annotationLevel: level,
    message: string(data.message, 'message'),
    title: data.title === undefined ? null : string(data.title, 'title'),
    rawDetails: data.raw_details === undefined ? null : string(data.raw_details, 'raw_details'),
  }
}

function object(value: unknown, key: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw invalid(`For 'properties/${key}', it is not an object.`)
}

function string(value: unknown, key: string): string {
  if (typeof value === 'string') return value
  throw invalid(`For 'properties/${key}', ${value === null ? 'nil' : JSON.stringify(value)} is not a string.`)
}

function camel(key: string): string {
  return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
