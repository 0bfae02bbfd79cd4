import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { bitbucketAnnotations, bitbucketReport } from '../report/ci/bitbucket.ts'
import { rollUpTitle } from '../report/title.ts'
import { countNodes } from '../run/counts.ts'
import { verdict } from '../run/verdict.ts'
import { annotationsOf } from './annotations.ts'
import type { CiOptions } from './ci.ts'
import type { Reporter } from './reporter.ts'

/** Runs beside each step and signs its requests: https://support.atlassian.com/bitbucket-cloud/docs/code-insights/#Authentication */
const PROXY = { host: 'localhost', port: 29418 }
/** Of one request, in milliseconds. */
const PATIENCE_REQUEST = 20_000

/** A Code Insights report with an annotation for each failure and warning. It replaces an earlier one of the commit. */
export function bitbucket({ env, subject, findings }: CiOptions): Reporter {
  return {
    name: 'Bitbucket report',
    finish: async (run) => {
      const id = subject.checkName.replace(/[^\w-]+/g, '-')
      const { BITBUCKET_REPO_FULL_NAME: repository, BITBUCKET_COMMIT: commit } = env
      const report = `/2.0/repositories/${repository}/commit/${commit}/reports/${encodeURIComponent(id)}`
      const failed = verdict(run, subject.failOn) !== 'success'
      // Annotations of an earlier step on this commit would stay.
      await send('DELETE', report)
      const title = rollUpTitle(run, subject)
      await send('PUT', report, bitbucketReport(subject.checkName, title, countNodes(run), failed))
      for (const batch of bitbucketAnnotations(await annotationsOf(run, subject, findings))) {
        await send('POST', `${report}/annotations`, batch)
      }
    },
  }
}

/** @throws Error with Bitbucket's words where it refuses */
async function send(method: string, path: string, body?: object): Promise<void> {
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(
      {
        ...PROXY,
        method,
        // As a proxy gets it. It speaks HTTP and goes on with HTTPS.
        path: `http://api.bitbucket.org${path}`,
        headers: { host: 'api.bitbucket.org', 'content-type': 'application/json' },
        timeout: PATIENCE_REQUEST,
      },
      (response) => {
        text(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
      },
    )
    sent.on('timeout', () => sent.destroy())
    // The error of a connection that was refused on both families has no message.
    sent.on('error', (cause) => reject(new Error(`no answer from ${PROXY.host}:${PROXY.port}`, { cause })))
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
  const absent = method === 'DELETE' && answer.status === 404
  if (answer.status >= 300 && !absent)
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`)
}
