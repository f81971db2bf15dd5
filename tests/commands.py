"""`phat`, called in this process."""

from click.testing import CliRunner, Result

from phat.cli.__main__ import main


def run(*words: object, code: int = 0) -> Result:
    """Run a command that must end with this code, and without a traceback; terminal escapes stay in its output."""
    result = CliRunner().invoke(main, [str(word) for word in words], color=True)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def failure(*words: object, code: int = 1) -> str:
    """What a command that must fail says."""
    return run(*words, code=code).output
