// The verifier keeps what every verifier keeps, over simulated evidence of every kind.
import { verifierSuite } from "@sealserve/conformance/suites/verifier-suite";
import { createVerifier } from "./create-verifier.ts";

verifierSuite("createVerifier", createVerifier);
