"""What both APIs of Elastic Load Balancing (`elb`, `elbv2`) decide with: no plugin, and nothing in it folds.

AWS keeps them as one service with one role, one set of log accounts and one view of the network.
"""
