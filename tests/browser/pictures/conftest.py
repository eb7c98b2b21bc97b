"""`--take` keeps new pictures instead of comparing them with those that are kept."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--take", action="store_true", help="keep the pictures as they are now")


@pytest.fixture(scope="session")
def taking(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--take", default=False))
