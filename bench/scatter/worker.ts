/** The cheapest way to call so many Durable Objects by the search's tree: branches of six, each call an empty method. */
import { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";

interface Bindings {
  BRANCHES: Service<typeof EmptyBranch>;
  EMPTY: DurableObjectNamespace<EmptyLeaf>;
}

export class EmptyLeaf extends DurableObject<Bindings> {
  nothing(): void {}
}

class EmptySession extends RpcTarget {
  private readonly env: Bindings;

  constructor(env: Bindings) {
    super();
    this.env = env;
  }

  async ask(collection: string, leaves: number[]): Promise<number> {
    await Promise.all(leaves.map((leaf) => this.env.EMPTY.getByName(`${collection}/${leaf}/0`).nothing()));
    return leaves.length;
  }
}

export class EmptyBranch extends WorkerEntrypoint<Bindings> {
  async open(): Promise<EmptySession> {
    return new EmptySession(this.env);
  }
}

/** `/tree/64` calls 64 leaves by branches, `/direct/64` all from here, `/tree/0` none. */
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const [, way, count] = new URL(request.url).pathname.split("/");
    const leaves = Array.from({ length: Number(count) }, (_, leaf) => leaf);
    if (way === "direct") {
      await Promise.all(leaves.map((leaf) => env.EMPTY.getByName(`${count}/${leaf}/0`).nothing()));
      return Response.json({ leaves: leaves.length });
    }
    const branches = Array.from({ length: Math.ceil(leaves.length / BRANCH_LEAVES_MAX) }, (_, branch) =>
      leaves.slice(branch * BRANCH_LEAVES_MAX, (branch + 1) * BRANCH_LEAVES_MAX),
    );
    const answers = await Promise.all(
      branches.map(async (own) => {
        using session = await env.BRANCHES.open();
        return await session.ask(String(count), own);
      }),
    );
    return Response.json({ leaves: answers.reduce((sum, answered) => sum + answered, 0) });
  },
} satisfies ExportedHandler<Bindings>;
