"""What requests carry. Unknown fields are refused: a misspelt one would change an answer in silence."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST = 10_000
"""Questions in one request."""

MOST_NAMES = 500
"""Names in one request: some milliseconds each."""

Birth = Annotated[str, Field(pattern="^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", description="YYYY, YYYY-MM or YYYY-MM-DD.")]
Text = Annotated[str, Field(max_length=512)]
Units = Annotated[
    str, Field(pattern="^(0|[1-9][0-9]{0,77})$", description="Base units as decimal text, up to 256 bits.")
]


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyBody = TypeVar("AnyBody", bound=Body)


def read_body(body: bytes, model: type[AnyBody]) -> AnyBody:
    """The body of a request, checked as FastAPI checks its own, at a fraction of the cost."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told) from error


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What FastAPI's description says of a body that `read_body` reads; its models have models of one level."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    for field in schema["properties"].values():
        reference = field.get("items", {}).get("$ref", "")
        if reference:
            field["items"] = parts[reference.rpartition("/")[2]]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class AddressBody(Body):
    """One address to screen."""

    address: Annotated[str, Field(max_length=512, examples=["0x098b716b8aaf21512996dc57eb0615e2383e2f96"])]
    chain: Annotated[str, Field(max_length=100, description="CAIP-2 id or name; what it is taken for.")] = ""
    reference: Annotated[str, Field(max_length=200, description="The asker's own; it is echoed.")] = ""


class AddressesBody(Body):
    """Addresses to screen."""

    addresses: Annotated[list[AddressBody], Field(min_length=1, max_length=MOST)]


class NameBody(Body):
    """One name to screen."""

    name: Annotated[str, Field(min_length=1, max_length=10_000)]
    kind: Literal["person", "organisation", "vessel", "unknown"] = "unknown"
    births: Annotated[list[Birth], Field(max_length=10)] = []
    countries: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=10)] = []
    reference: Annotated[str, Field(max_length=200)] = ""


class NamesBody(Body):
    """Names to screen."""

    names: Annotated[list[NameBody], Field(min_length=1, max_length=MOST_NAMES)]
    limit: Annotated[int, Field(ge=1, le=100, description="Matches of one name.")] = 10


class TransferBody(Body):
    """A deposit, a withdrawal, or one that a customer has asked for."""

    reference: Annotated[str, Field(min_length=1, max_length=200, description="The institution's own id of it.")]
    direction: Literal["deposit", "withdrawal", "intended-withdrawal"]
    chain: Annotated[str, Field(min_length=1, max_length=100)]
    asset: Annotated[str, Field(min_length=1, max_length=200, description="CAIP-19 id, or a symbol of the chain.")]
    amount: Units
    address: Annotated[Text, Field(description="The other side: who sent a deposit, who gets a withdrawal.")]
    tx: Annotated[str, Field(max_length=128)] = ""
    customer: Annotated[str, Field(max_length=200, description="The institution's own id of its customer.")] = ""


class ErrorDetail(BaseModel):
    """What is wrong."""

    code: Annotated[str, Field(examples=["bad-input"])]
    field: Annotated[str, Field(description="Where in the request; empty where it is no one field.")]
    message: str
    mend: Annotated[str, Field(description="How to mend it; may be empty.")]


class ErrorReply(BaseModel):
    """The body of every error."""

    error: ErrorDetail
