// Workflows, which the original lists but no longer registers.
import { json, type Row, rowsOn } from "../row.ts";

const management = rowsOn("management");
const inference = rowsOn("inference");

export const workflowRows: readonly Row[] = [
  management("no workflows", "GET /workflows"),
  management("no workflows, a page", "GET /workflows?limit=1&next_page_token=0"),
  management("an unknown workflow", "GET /workflows/nothing"),
  management("unregistering an unknown workflow", "DELETE /workflows/nothing"),
  management("a workflow without url", "POST /workflows"),
  management("a workflow that is not there", "POST /workflows?url=not-there.war"),
  management("a workflow", "POST /workflows?url=pair.war"),
  management("it in the list", "GET /workflows"),
  management("its description", "GET /workflows/pair"),
  inference("it answers", "POST /wfpredict/pair", json("text")),
  inference("an unknown workflow's answer", "POST /wfpredict/nothing", json("text")),
  inference("no workflow named", "POST /wfpredict"),
  management("PUT of a workflow", "PUT /workflows/pair"),
  management("it goes", "DELETE /workflows/pair"),
];
