"""What CloudFormation calls, with the rights of who deploys, for each type of resource that the templates have.

Source: the handlers' permissions in AWS's resource schemas, without those for properties that the templates do not set.
"""

NEEDED = {
    "AWS::ApiGateway::Account": "apigateway:PATCH apigateway:GET",
    "AWS::ApiGateway::ApiKey": "apigateway:POST apigateway:GET apigateway:PATCH apigateway:DELETE",
    "AWS::ApiGateway::Deployment": "apigateway:POST apigateway:GET apigateway:PATCH apigateway:DELETE",
    "AWS::ApiGateway::RestApi": "apigateway:POST apigateway:GET apigateway:PUT apigateway:PATCH apigateway:DELETE",
    "AWS::ApiGateway::Stage": "apigateway:POST apigateway:GET apigateway:PATCH apigateway:DELETE apigateway:PUT",
    "AWS::ApiGateway::UsagePlan": "apigateway:POST apigateway:GET apigateway:PATCH apigateway:DELETE apigateway:PUT",
    "AWS::ApiGateway::UsagePlanKey": "apigateway:POST apigateway:GET apigateway:DELETE",
    "AWS::ApplicationAutoScaling::ScalableTarget": """
        application-autoscaling:RegisterScalableTarget application-autoscaling:DeregisterScalableTarget
        application-autoscaling:DescribeScalableTargets iam:CreateServiceLinkedRole
    """,
    "AWS::ApplicationAutoScaling::ScalingPolicy": """
        application-autoscaling:PutScalingPolicy application-autoscaling:DeleteScalingPolicy
        application-autoscaling:DescribeScalingPolicies
    """,
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms",
    "AWS::CloudWatch::CompositeAlarm": """
        cloudwatch:PutCompositeAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms
    """,
    "AWS::CloudWatch::Dashboard": "cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards",
    "AWS::CodeDeploy::Application": """
        codedeploy:CreateApplication codedeploy:GetApplication codedeploy:UpdateApplication
        codedeploy:DeleteApplication
    """,
    "AWS::CodeDeploy::DeploymentGroup": """
        codedeploy:CreateDeploymentGroup codedeploy:GetDeploymentGroup codedeploy:UpdateDeploymentGroup
        codedeploy:DeleteDeploymentGroup iam:PassRole
    """,
    "AWS::Events::Rule": """
        events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets
        events:ListTargetsByRule iam:PassRole
    """,
    "AWS::IAM::Role": """
        iam:CreateRole iam:GetRole iam:DeleteRole iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy
        iam:ListRolePolicies iam:ListAttachedRolePolicies iam:UpdateAssumeRolePolicy iam:UpdateRole
        iam:TagRole iam:UntagRole
    """,
    "AWS::KinesisFirehose::DeliveryStream": """
        firehose:CreateDeliveryStream firehose:DescribeDeliveryStream firehose:UpdateDestination
        firehose:DeleteDeliveryStream iam:PassRole
    """,
    "AWS::Lambda::Alias": """
        lambda:CreateAlias lambda:GetAlias lambda:UpdateAlias lambda:DeleteAlias
        lambda:PutProvisionedConcurrencyConfig lambda:GetProvisionedConcurrencyConfig
        lambda:DeleteProvisionedConcurrencyConfig codedeploy:CreateDeployment codedeploy:GetDeployment
        codedeploy:GetDeploymentConfig codedeploy:RegisterApplicationRevision
    """,
    "AWS::Lambda::Function": """
        lambda:CreateFunction lambda:GetFunction lambda:UpdateFunctionCode
        lambda:UpdateFunctionConfiguration lambda:DeleteFunction lambda:PutFunctionConcurrency
        lambda:DeleteFunctionConcurrency lambda:GetFunctionCodeSigningConfig
        lambda:GetFunctionRecursionConfig lambda:GetRuntimeManagementConfig lambda:TagResource
        lambda:UntagResource lambda:ListTags iam:PassRole ecr:BatchGetImage ecr:GetDownloadUrlForLayer
        ecr:GetRepositoryPolicy
    """,
    "AWS::Lambda::Permission": "lambda:AddPermission lambda:RemovePermission lambda:GetPolicy",
    "AWS::Lambda::Version": "lambda:PublishVersion lambda:GetFunctionConfiguration lambda:ListVersionsByFunction",
    "AWS::Logs::LogGroup": """
        logs:CreateLogGroup logs:DescribeLogGroups logs:DeleteLogGroup logs:PutRetentionPolicy
        logs:DeleteRetentionPolicy logs:AssociateKmsKey logs:DisassociateKmsKey logs:TagResource
        logs:ListTagsForResource
    """,
    "AWS::Logs::LogStream": "logs:CreateLogStream logs:DescribeLogStreams logs:DeleteLogStream",
    "AWS::Logs::MetricFilter": "logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter",
    "AWS::Logs::SubscriptionFilter": """
        logs:PutSubscriptionFilter logs:DescribeSubscriptionFilters logs:DeleteSubscriptionFilter
        iam:PassRole
    """,
    "AWS::S3::Bucket": """
        s3:CreateBucket s3:PutEncryptionConfiguration s3:PutBucketVersioning s3:PutBucketPublicAccessBlock
        s3:PutLifecycleConfiguration s3:PutBucketNotification s3:PutBucketOwnershipControls
        s3:PutBucketTagging s3:DeleteBucket s3:ListBucket s3:GetBucketVersioning
        s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:GetBucketPublicAccessBlock
    """,
    "AWS::S3::BucketPolicy": "s3:GetBucketPolicy s3:PutBucketPolicy s3:DeleteBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe sns:Unsubscribe sns:ListSubscriptionsByTopic",
    "AWS::SNS::Topic": """
        sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic sns:Subscribe
        sns:Unsubscribe sns:ListSubscriptionsByTopic sns:ListTagsForResource sns:GetDataProtectionPolicy
        sns:TagResource
    """,
    "AWS::Scheduler::Schedule": """
        scheduler:CreateSchedule scheduler:GetSchedule scheduler:UpdateSchedule scheduler:DeleteSchedule
        iam:PassRole
    """,
    "AWS::StepFunctions::StateMachine": """
        states:CreateStateMachine states:DescribeStateMachine states:UpdateStateMachine
        states:DeleteStateMachine states:TagResource states:ListTagsForResource logs:CreateLogDelivery
        logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery logs:ListLogDeliveries
        logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups iam:PassRole
    """,
}
