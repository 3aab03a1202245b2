// Workflows: of models, of functions, side by side, failing, and refused.
import { json, type Row, rowsOn, typed } from "../row.ts";

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
  management("it once more", "POST /workflows?url=pair.war"),
  management("it by another name", "POST /workflows?url=pair.war&workflow_name=couple"),
  inference("it by another name answers", "POST /wfpredict/couple", json("text")),
  management("it by another name goes", "DELETE /workflows/couple"),
  management("PUT of a workflow", "PUT /workflows/pair"),
  management("it goes", "DELETE /workflows/pair"),
  management("side by side, with functions", "POST /workflows?url=diamond.war"),
  management("its description, too", "GET /workflows/diamond"),
  inference("it answers by a node with several parents", "POST /wfpredict/diamond", typed("text/plain", " words ")),
  management("it goes, too", "DELETE /workflows/diamond"),
  management("with several leaves", "POST /workflows?url=leaves.war"),
  inference("they answer by name", "POST /wfpredict/leaves", { ...typed("text/plain", "words"), anyOrder: true }),
  management("with a leaf that is no object", "POST /workflows?url=text-leaf.war"),
  inference("it answers an object nevertheless", "POST /wfpredict/text-leaf", {
    ...typed("text/plain", "words"),
    differs: "the original fails unless every leaf answers an object; here anything else is a text in it",
  }),
  management("with a function that fails", "POST /workflows?url=failing-node.war"),
  inference("it is named", "POST /wfpredict/failing-node", typed("text/plain", "words")),
  management("with a function that cannot be loaded", "POST /workflows?url=never-starts.war"),
  management("which is not left behind", "GET /workflows/never-starts"),
  management("with a model that is not there", "POST /workflows?url=no-model.war"),
  management("a node that is its own child", "POST /workflows?url=self-loop.war"),
  management("two nodes that are each other's children", "POST /workflows?url=two-way.war"),
  management("a circle", "POST /workflows?url=circle.war"),
  management("two first nodes", "POST /workflows?url=two-roots.war"),
  management("a climbing url", "POST /workflows?url=../pair.war"),
  management("no workflow archive", "POST /workflows?url=no-zip.mar", {
    differs: "only files that end with .war are workflow archives here",
  }),
  management("a URL of another scheme", "POST /workflows?url=ftp://127.0.0.1/pair.war", {
    differs: "the original takes what is behind the last slash for a file of its store",
  }),
];
