/** The artifacts of one repository, however they came and whoever reads them. */
import { createHash } from 'node:crypto'
import { type Backend, backendOf, type Job, runOf } from './runtime-token.ts'
import { zipOf } from './zip.ts'

/** Days that an artifact is kept, unless the repository or the upload says otherwise.
 * https://docs.github.com/actions/how-tos/manage-workflow-runs/remove-workflow-artifacts */
const RETENTION_DAYS = 90
const DAY = 86_400_000

export type ArtifactRecord = Job &
  Backend & {
    /** Undefined until the upload is finalized: until then nobody sees it, but its name is taken. */
    id: number | undefined
    name: string
    mimeType: string
    createdAt: string
    expiresAt: string
    /** The zip; use `filesOf` of zip.ts to look into it. */
    content: Buffer
    /** `sha256:` and hexadecimal digits. */
    digest: string
    /** Of the upload: by block id, until they are put together. */
    blocks: Map<string, Buffer>
  }

/** What a test says of an artifact that an earlier run left. */
export type GivenArtifact = Partial<Job> & {
  runId: number
  name: string
  files: Record<string, string | Buffer>
  expired?: boolean
}

export type Artifacts = ReturnType<typeof artifactsOf>

export function artifactsOf() {
  const all: ArtifactRecord[] = []
  let lastId = 4_200_000_000

  const store = {
    all,
    /** Those that can be seen, the newest first, as GitHub lists them. */
    visible: () => all.filter(({ id }) => id !== undefined).toReversed(),
    find: (id: number) => all.find((artifact) => artifact.id === id),
    named: ({ runBackendId }: Pick<Backend, 'runBackendId'>, name: string) =>
      all.find((artifact) => artifact.runBackendId === runBackendId && artifact.name === name),

    /** @param expiresAt in milliseconds since the epoch */
    create(owner: Backend, name: string, mimeType: string, expiresAt?: number): ArtifactRecord {
      const run = runOf(owner.runBackendId) ?? { runId: 0, attempt: 0 }
      const artifact: ArtifactRecord = {
        ...{ ...run, ...owner, job: owner.jobBackendId, id: undefined, name, mimeType },
        createdAt: second(Date.now()),
        expiresAt: second(expiresAt ?? Date.now() + RETENTION_DAYS * DAY),
        ...{ content: Buffer.alloc(0), digest: '', blocks: new Map() },
      }
      all.push(artifact)
      return artifact
    },

    fill(artifact: ArtifactRecord, content: Buffer): void {
      artifact.content = content
      artifact.digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    },

    /** Ids rise in the order of finalizing. */
    finalize(artifact: ArtifactRecord): number {
      // A second answer to one question is the same: GitHub's is not known.
      if (artifact.id !== undefined) return artifact.id
      lastId += 1
      artifact.id = lastId
      return artifact.id
    },

    remove(artifact: ArtifactRecord): void {
      all.splice(all.indexOf(artifact), 1)
    },

    /** @returns its id */
    add({ runId, attempt = 1, job = 'build', name, files, expired = false }: GivenArtifact): number {
      const expiresAt = expired ? Date.now() - DAY : undefined
      const owner = backendOf({ runId, attempt, job })
      const artifact = store.create(owner, name, 'application/zip', expiresAt)
      store.fill(artifact, zipOf(files))
      return store.finalize(artifact)
    },
  }
  return store
}

export function isExpired({ expiresAt }: ArtifactRecord): boolean {
  return Date.parse(expiresAt) <= Date.now()
}

/** GitHub's times have whole seconds. */
export function second(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '')
}
