export function repositoryOf(packageJson: { readonly repository?: unknown }): string | undefined;
export function table(
  notebooks: readonly { readonly file: string; readonly title: string }[],
  repository: string | undefined,
): string;
