"""stepload demo."""

import typer


def demo() -> None:
    """Test a service that comes along until it breaks: two minutes."""
    from load.commands.demo_service import demo_service
    from load.commands.running import Wanted, run_test
    from load.protocol.run_folder import new_folder

    with demo_service() as host:
        raise typer.Exit(run_test(Wanted("demo", host, new_folder("demo"), ["stepload", "demo"])))
