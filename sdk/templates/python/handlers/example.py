from typing import Any, Dict

from aegis_skill import Context


def handle(params: Dict[str, Any], context: Context) -> Dict[str, Any]:
    """`params` has been checked against the manifest; what is returned goes to the agent as JSON."""
    words = params["input"].split()
    context.log("counted", words=len(words))
    return {"input": params["input"], "words": len(words)}
