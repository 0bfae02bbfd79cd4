/** Whom a token belongs to. A check run is its app's, and no other app can change it. */
export type App = { id: number; slug: string; name: string }

/** The app that GITHUB_TOKEN belongs to: https://api.github.com/apps/github-actions */
export const ACTIONS: App = { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' }
