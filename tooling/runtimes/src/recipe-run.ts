import { type Check, checks } from "./drive.js";
import { inParallel } from "./in-parallel.js";
import { startRecipe } from "./recipe-server.js";
import { type Recipe, recipes } from "./recipes.js";
import type { Runtime } from "./runtimes.js";

/** The results of one recipe. */
export interface RecipeRun {
  readonly recipe: Recipe;
  readonly runtime: Runtime;
  readonly checks: readonly Check[];
  /** The error messages of the checks that failed. */
  readonly failures: ReadonlyMap<Check, string>;
}

/**
 * Runs every recipe whose runtime is there, five at a time: they mostly wait.
 *
 * @param onRun receives each result as it comes.
 */
export async function runRecipes(
  runtimes: readonly Runtime[],
  quick: boolean,
  onRun: (run: RecipeRun) => void,
): Promise<RecipeRun[]> {
  const wanted = recipes.flatMap((recipe) => {
    const runtime = runtimes.find(({ name }) => name === recipe.runtime);
    return runtime === undefined || (quick && recipe.quick !== true) ? [] : { recipe, runtime };
  });
  return inParallel(5, wanted, async ({ recipe, runtime }) => {
    const run = { recipe, runtime, checks, failures: await failuresOf(recipe, runtime) };
    report(run);
    onRun(run);
    return run;
  });
}

async function failuresOf(recipe: Recipe, runtime: Runtime): Promise<Map<Check, string>> {
  const failures = new Map<Check, string>();
  const attempt = (check: Check, run: () => Promise<void>): Promise<void> =>
    run().catch((error: Error) => void failures.set(check, error.message));
  try {
    const server = await startRecipe(recipe, runtime);
    // The connection that is silent is open beside the others, which follow each other.
    const others = checks.filter((check) => !check.beside);
    const beside = checks.filter((check) => check.beside);
    const open = beside.map((check) => attempt(check, () => check.run(server.port)));
    for (const check of others) await attempt(check, () => check.run(server.port));
    await Promise.all(open);
    await server.stop();
  } catch (error) {
    for (const check of checks) failures.set(check, (error as Error).message);
  }
  return failures;
}

function report({ recipe, runtime, failures }: RecipeRun): void {
  console.log(`${recipe.name}, ${runtime.name}: ${checks.length - failures.size} of ${checks.length}`);
  for (const [check, reason] of failures) console.log(`  failed: ${check.name}\n    ${reason}`);
}
