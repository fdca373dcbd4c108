"""What EC2 knows of one account in one region: one Struct an area, each in its own file."""

from __future__ import annotations

import msgspec

from backtrail import Service, State
from backtrail_aws.ec2 import limits, quotas
from backtrail_aws.ec2.error_codes import CODES
from backtrail_aws.ec2.state_addresses import Addresses
from backtrail_aws.ec2.state_compute import Compute
from backtrail_aws.ec2.state_fleets import Fleets
from backtrail_aws.ec2.state_gateways import Gateways
from backtrail_aws.ec2.state_images import Images
from backtrail_aws.ec2.state_network import Network
from backtrail_aws.ec2.state_storage import Storage
from backtrail_aws.ec2.state_watching import Watching
from backtrail_aws.ec2.trail import TRAIL


class Ec2(State):
    """A region of an account, area by area."""

    network: Network = msgspec.field(default_factory=Network)
    gateways: Gateways = msgspec.field(default_factory=Gateways)
    addresses: Addresses = msgspec.field(default_factory=Addresses)
    compute: Compute = msgspec.field(default_factory=Compute)
    storage: Storage = msgspec.field(default_factory=Storage)
    images: Images = msgspec.field(default_factory=Images)
    fleets: Fleets = msgspec.field(default_factory=Fleets)
    watching: Watching = msgspec.field(default_factory=Watching)


service = Service("ec2", Ec2, trail=TRAIL, errors=CODES, validate=True, dry_run=True, quotas=limits.QUOTAS)
quotas.declare(service)
