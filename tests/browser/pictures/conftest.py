"""`--take` keeps a new picture where it differs from the one that is kept."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--take", action="store_true", help="keep the pictures that differ")


@pytest.fixture(scope="session")
def taking(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--take", default=False))
