"""stepload demo."""

import typer


def demo() -> None:
    """Test a service that comes along until it breaks: two minutes."""
    from load.commands.demo_service import demo_service
    from load.commands.running import Wanted, run_test

    with demo_service() as host:
        raise typer.Exit(run_test(Wanted("demo", host, ["stepload", "demo"])))
