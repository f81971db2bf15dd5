"""Keyed hashes of what captures must not show, and the secret that is their key, in SSM's Parameter Store."""

import hashlib
from typing import Any

SHORTEST_KEY, LONGEST_KEY = 16, hashlib.blake2b.MAX_KEY_SIZE
_HASH_BYTES = 8
_TIMEOUT = 1.0
"""Seconds for the connection, and again for the answer: a request waits for it."""


class KeyUnreadable(Exception):
    """The key cannot be had; the message names its parameter and the reason, and never the key."""


def keyed_hash(name: str, value: object, key: bytes) -> str:
    """The hash of a field's (or id's) value, 16 hexadecimal digits; without the key no value shows.

    Equal values of one name have equal ones. The name is hashed too, with its length in front: a caller who chooses ids
    must not learn the hashes of a field's levels from them.
    """
    text = f"{len(name)}:{name}{value}".encode(errors="surrogatepass")
    return hashlib.blake2b(text, key=key, digest_size=_HASH_BYTES).hexdigest()


def read_key(name: str) -> bytes:
    """The key, 16 to 64 bytes, from the SecureString parameter of this name (or name:version, or ARN).

    Raises KeyUnreadable; needs the right `ssm:GetParameter`, and `kms:Decrypt` if the parameter has a KMS key of its
    own. It takes at most about two seconds.
    """
    parameter = _parameter(name)
    if parameter["Type"] != "SecureString":
        raise KeyUnreadable(f"parameter {name!r}: got type {parameter['Type']}, expected SecureString")
    key: bytes = parameter["Value"].encode()
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise KeyUnreadable(f"parameter {name!r}: expected a secret of {SHORTEST_KEY} to {LONGEST_KEY} bytes")
    return key


def _parameter(name: str) -> Any:
    try:
        # It comes with Lambda's base image, and takes half a second that only hashes need.
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise KeyUnreadable(f"parameter {name!r}: boto3 is not installed here") from None
    config = Config(connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT, retries={"total_max_attempts": 1})
    try:
        return boto3.client("ssm", config=config).get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ClientError as error:
        raise KeyUnreadable(f"parameter {name!r}: {error.response['Error']['Code']}") from None
    except BotoCoreError as error:
        raise KeyUnreadable(f"parameter {name!r}: {type(error).__name__}") from None
