"""stepload check."""

from .options import HostOption, OnlyOption, ProfileArgument, SetOption


def check(profile: ProfileArgument, host: HostOption = "", only: OnlyOption = "", set_: SetOption = []) -> None:  # noqa: B006
    """Try a profile with one job of each kind, each step shown."""
    from load.commands.forecast import completions_line, unjudged_line
    from load.commands.mapping_check import check as check_profile
    from load.master.preflight import wait_until_ready
    from load.protocol.addresses import check_host
    from profiles import UserError, left_out, load_profile

    checked, _ = load_profile(profile, set_, only or None)
    without = left_out(profile, set_, only or None)
    if without:
        print(without)
    wait_until_ready(checked, check_host(host), patience=0)
    faults = check_profile(checked, check_host(host), print)
    if faults:
        raise UserError("; ".join(f"{fault.kind}: {fault.what}" for fault in faults))
    print("every step of the mapping works")
    for planned in (completions_line(checked), unjudged_line(checked)):
        if planned:
            print(planned)
